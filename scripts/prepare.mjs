// After `npm ci`: builds dist/. Without the development dependencies nothing can be built, and what is there is used.
// Plain JavaScript: without them the Node that runs this may be one that reads no TypeScript.
import { existsSync } from 'node:fs';

const hasTools = existsSync(new URL('../node_modules/esbuild', import.meta.url));
if (hasTools) await import('./build.ts');
else if (!existsSync(new URL('../dist/syncreplica.js', import.meta.url)))
  console.log('dist/ is not built: that takes the development dependencies (npm ci without --omit=dev)');
