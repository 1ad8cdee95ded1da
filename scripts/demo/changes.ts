import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Storm } from '../../testing/storm/storm.ts';

/** One act of the demo: changes the source, says what it did. */
export interface Act {
  readonly title: string;
  readonly play: (source: string) => Promise<string> | string;
}

const burstFiles = 1_000;
const stormSteps = 200;

export const acts: readonly Act[] = [
  {
    title: 'create',
    play: (source) => {
      for (let album = 0; album < 10; album += 1) {
        mkdirSync(join(source, 'photos', `album-${album}`), { recursive: true });
        for (let photo = 0; photo < 50; photo += 1)
          writeFileSync(
            join(source, 'photos', `album-${album}`, `${photo}.jpg`),
            Buffer.alloc(16 * 1024, album * 50 + photo),
          );
      }
      symlinkSync('album-0/0.jpg', join(source, 'photos/cover.jpg'));
      linkSync(join(source, 'photos/album-1/1.jpg'), join(source, 'photos/same.jpg'));
      return '500 files of 16 KiB in 10 directories, a symlink, a hard link';
    },
  },
  {
    title: 'edit',
    play: (source) => {
      const names = readdirSync(join(source, 'sidecar'), { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.endsWith('.ts'),
      );
      for (const name of names) appendFileSync(join(source, 'sidecar', name), '// one more line\n');
      chmodSync(join(source, 'photos/album-0'), 0o700);
      return `a line added to ${names.length} sources, a directory's mode changed`;
    },
  },
  {
    title: 'rename',
    play: (source) => {
      renameSync(join(source, 'node_modules'), join(source, 'packages'));
      renameSync(join(source, 'photos'), join(source, 'pictures'));
      return 'two directories renamed, with hundreds of files: their content is not sent again';
    },
  },
  {
    title: 'delete',
    play: (source) => {
      rmSync(join(source, 'pictures/album-9'), { recursive: true });
      rmSync(join(source, 'src'), { recursive: true });
      return 'two directories deleted';
    },
  },
  {
    title: 'burst',
    play: (source) => {
      for (let index = 0; index < burstFiles; index += 1) {
        if (index % 100 === 0) mkdirSync(join(source, 'burst', `${index / 100}`), { recursive: true });
        writeFileSync(join(source, 'burst', `${Math.floor(index / 100)}`, `${index}`), `${index}\n`.repeat(50));
      }
      return `${burstFiles} files in one go`;
    },
  },
  {
    title: 'storm',
    play: async (source) => {
      mkdirSync(join(source, 'storm'));
      const storm = new Storm(join(source, 'storm'));
      await storm.run({ steps: stormSteps, pauseMs: 5 });
      return `${stormSteps} random steps, with every kind of change and odd names (seed ${storm.seed})`;
    },
  },
];
