import type { MassDirectories, MassDirectory } from '../../../../sidecar/receiver/deletions/mass-directory.ts';
import type { ModelPlaces } from '../history/model-places.ts';

/** Of one mass: durable as soon as it is written. */
interface Written {
  note: string | undefined;
  index: string;
}

/** What a process does to it: `write` waits as long as that takes, and throws when the process is no more. */
export interface MassWriter {
  write(): Promise<void>;
}

/** The masses of deletions that a model receiver keeps: their notes outlive a power cut, their entries are as durable as the replica. */
export class ModelMasses {
  readonly #places: ModelPlaces;
  readonly #written = new Map<string, Written>();

  constructor(places: ModelPlaces) {
    this.#places = places;
  }

  /** What a process sees. */
  directories({ write }: MassWriter): MassDirectories {
    const open = (id: string, written: Written): MassDirectory => ({
      path: pathOf(id),
      async writeNote(note) {
        await write();
        written.note = JSON.stringify(note);
      },
      async addLines(lines) {
        await write();
        written.index += lines;
      },
      readLines: async () => written.index,
      count: () => this.#places.names(entriesOf(id)).length,
      place: (name) => ({ fd: -1, name }),
      putBack: (path, name) => this.#places.putBackIn(placeOf(id, name), path),
      close: () => {},
    });
    return {
      ids: async () => this.#places.names('kept'),
      pathOf,
      make: async (id) => {
        const written: Written = { note: undefined, index: '' };
        this.#places.makeMass(id);
        this.#written.set(id, written);
        return open(id, written);
      },
      load: async (id) => {
        const written = this.#written.get(id);
        return written?.note === undefined
          ? undefined
          : { directory: open(id, written), note: JSON.parse(written.note) as unknown };
      },
    };
  }

  /** What was let go is let go for good; a note that is durable has its directory. */
  recover(isLetGo: (id: string) => boolean): void {
    for (const [id, { note }] of this.#written) if (note !== undefined && !isLetGo(id)) this.#places.makeMass(id);
  }
}

const pathOf = (id: string): string => `kept/${id}`;
const entriesOf = (id: string): string => `kept/${id}/entries`;
export const placeOf = (id: string, name: string): string => `${entriesOf(id)}/${name}`;
