import { atomicWriterProgram } from './atomic-writer.ts';
import { gitProgram } from './git.ts';
import { goModulesProgram } from './go-modules.ts';
import { recordingProgram, torrentProgram } from './growing-files.ts';
import { logRotationProgram } from './log-rotation.ts';
import { maildirProgram } from './maildir.ts';
import { npmProgram } from './npm.ts';
import { postgresqlProgram } from './postgresql.ts';
import type { Program } from './program.ts';
import { snapshotsProgram } from './snapshots.ts';
import { spoolProgram } from './spool.ts';
import { sqliteProgram } from './sqlite.ts';
import { uploadsProgram } from './uploads.ts';

/** Every program, in the order in which the soak takes them. */
export const programs: readonly Program[] = [
  ...[gitProgram, npmProgram, maildirProgram, uploadsProgram, goModulesProgram, logRotationProgram],
  ...[
    snapshotsProgram,
    sqliteProgram,
    postgresqlProgram,
    recordingProgram,
    torrentProgram,
    spoolProgram,
    atomicWriterProgram,
  ],
];
