import { bundle } from './build/bundle.ts';

/** `npm run build`: bundles the program into dist/. */
const started = performance.now();
const files = await bundle('dist');
const kilobytes = Math.round(files.reduce((sum, file) => sum + file.bytes, 0) / 1024);
console.log(`built dist/: ${files.length} files, ${kilobytes} KiB, ${Math.round(performance.now() - started)} ms`);
