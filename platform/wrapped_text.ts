/**
 * Text that fits a terminal's width.
 *
 * @module
 */

/**
 * Wraps the lines of a text between words. A line that begins with a space stays whole: it is a command or a fingerprint,
 * to be copied.
 *
 * @param text The text.
 * @param columns How wide a line may be; a longer word has a line of its own.
 * @returns The text with more line breaks.
 */
export function wrappedText(text: string, columns: number): string {
  return text.split("\n").flatMap((line) =>
    line.startsWith(" ") ? [line] : wrappedLine(line, columns)
  )
    .join("\n");
}

function wrappedLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current !== "" && longer.length > columns) {
      lines.push(current);
      current = word;
    } else {
      current = longer;
    }
  }
  return [...lines, current];
}

/**
 * How wide a stream's terminal is.
 *
 * @param stream Standard output or standard error.
 * @returns Columns; null where the stream is no terminal, or does not say.
 */
export function columnsOf(stream: { isTerminal(): boolean }): number | null {
  if (!stream.isTerminal()) return null;
  try {
    return Deno.consoleSize().columns || null;
  } catch {
    return null;
  }
}
