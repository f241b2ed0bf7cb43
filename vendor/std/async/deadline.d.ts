/** Rejects with a `TimeoutError` when `p` has not settled after `ms` milliseconds. */
export declare function deadline<T>(p: Promise<T>, ms: number, options?: { signal?: AbortSignal }): Promise<T>;
