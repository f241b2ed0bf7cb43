/** Resolves after `ms` milliseconds; rejects when the signal aborts. */
export declare function delay(ms: number, options?: { signal?: AbortSignal; persistent?: boolean }): Promise<void>;
