/** Asks on the terminal without echo; null when there is no terminal. */
export declare function promptSecret(message?: string, options?: { mask?: string; clear?: boolean }): string | null;
