const maxKept = 256 * 1024;

export interface Output {
  /** A binary string of whole lines. */
  readonly text: string;
  /** It was too long: lines of its middle are missing. */
  readonly cut: boolean;
}

/** Keeps what a process prints. Of a long output both ends count: the first errors and the closing statistics. */
export function collectOutput(stream: NodeJS.ReadableStream | null | undefined, max = maxKept): () => Output {
  const chunks: Buffer[] = [];
  let size = 0;
  let cut = false;
  stream?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    while (chunks.length > 2 && size > max) {
      size -= chunks.splice(1, 1)[0]?.length ?? 0;
      cut = true;
    }
  });
  return () => {
    if (!cut) return { text: Buffer.concat(chunks).toString('latin1'), cut };
    const head = (chunks[0] as Buffer).toString('latin1');
    const tail = Buffer.concat(chunks.slice(1)).toString('latin1');
    // Two halves of lines would make one that nobody wrote.
    return { text: head.slice(0, head.lastIndexOf('\n') + 1) + tail.slice(tail.indexOf('\n') + 1), cut };
  };
}
