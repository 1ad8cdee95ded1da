import { atomicWriterProgram } from './atomic-writer.ts';
import { editorsProgram } from './editors.ts';
import { gitProgram } from './git.ts';
import { goDownloadProgram } from './go-download.ts';
import { goModulesProgram } from './go-modules.ts';
import { recordingProgram, torrentProgram } from './growing-files.ts';
import { logRotationProgram } from './log-rotation.ts';
import { logrotateProgram } from './logrotate.ts';
import { maildirProgram } from './maildir.ts';
import { npmProgram } from './npm.ts';
import { npmCiProgram } from './npm-ci.ts';
import { postgresqlProgram } from './postgresql.ts';
import type { Program } from './program.ts';
import { rsnapshotProgram } from './rsnapshot.ts';
import { snapshotsProgram } from './snapshots.ts';
import { spoolProgram } from './spool.ts';
import { sqliteProgram } from './sqlite.ts';
import { unpackProgram } from './unpack.ts';
import { uploadsProgram } from './uploads.ts';
import { webUploadsProgram } from './web-uploads.ts';

/** Every program, in the order in which the soak takes them. */
export const programs: readonly Program[] = [
  ...[gitProgram, npmProgram, npmCiProgram, maildirProgram, uploadsProgram, webUploadsProgram],
  ...[goModulesProgram, goDownloadProgram, logRotationProgram, logrotateProgram, snapshotsProgram, rsnapshotProgram],
  ...[sqliteProgram, postgresqlProgram, recordingProgram, torrentProgram, spoolProgram, atomicWriterProgram],
  ...[unpackProgram, editorsProgram],
];
