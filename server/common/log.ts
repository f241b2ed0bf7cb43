/**
 * Logging: who logs, and in which form. Everything goes to standard error; secrets never do.
 *
 * @module
 */
import {
  configure,
  getJsonLinesFormatter,
  getLogger,
  getTextFormatter,
  type LogLevel,
  type LogRecord,
} from "@logtape/logtape";

/** What the parts of the server log with. */
export interface Logger {
  debug(message: string, properties?: Record<string, unknown>): void;
  info(message: string, properties?: Record<string, unknown>): void;
  warn(message: string, properties?: Record<string, unknown>): void;
  error(message: string, properties?: Record<string, unknown>): void;
}

/** The levels that may be asked for, from the most talkative to the quietest. */
export const logLevels = ["debug", "info", "warning", "error"] as const;
/** The forms that may be asked for. */
export const logFormats = ["text", "json"] as const;

/**
 * Configures logging for the process.
 *
 * @param options The least level that is written, and the form: text for people, one JSON object a line for programs.
 * @return The server's logger.
 */
export async function openLog(
  options: { level: typeof logLevels[number]; format: typeof logFormats[number] },
): Promise<Logger> {
  const format = options.format === "json"
    ? getJsonLinesFormatter({ categorySeparator: ".", message: "rendered" })
    : textFormat();
  await configure({
    reset: true,
    sinks: { stderr: (record: LogRecord) => writeLine(format(record)) },
    loggers: [
      { category: "chat", lowestLevel: options.level as LogLevel, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
  return getLogger("chat");
}

/** A line for people; it ends with the peer's address, where there is one. */
function textFormat(): (record: LogRecord) => string {
  return getTextFormatter({
    timestamp: "rfc3339",
    level: "full",
    format: ({ timestamp, level, category, message, record }) => {
      const { address } = record.properties;
      const from = typeof address === "string" ? ` (${address})` : "";
      return `${timestamp} [${level}] ${category}: ${message}${from}`;
    },
  });
}

const encoder = new TextEncoder();

/** A log that nobody reads any more must not end the server. */
function writeLine(line: string): void {
  try {
    Deno.stderr.writeSync(encoder.encode(line));
  } catch {
    // Standard error is closed: there is nowhere left to say so.
  }
}

/** A logger that says nothing; for tests. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};
