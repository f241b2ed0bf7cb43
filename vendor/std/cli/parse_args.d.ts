/** What {@linkcode parseArgs} is to expect. */
export interface ParseOptions {
  readonly boolean?: readonly string[];
  readonly string?: readonly string[];
  readonly negatable?: readonly string[];
  readonly collect?: readonly string[];
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  readonly stopEarly?: boolean;
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
/** The parsed arguments: `_` holds the positional ones. */
export interface Args {
  readonly _: (string | number)[];
  readonly [name: string]: unknown;
}
/** Parses command-line arguments into an object. */
export declare function parseArgs(args: readonly string[], options?: ParseOptions): Args;
