/** The error that a failed assertion throws. */
export declare class AssertionError extends Error {}
/** Throws unless `expr` is truthy. */
export declare function assert(expr: unknown, msg?: string): asserts expr;
/** Throws unless both values are deeply equal. */
export declare function assertEquals<T>(actual: T, expected: T, msg?: string): void;
/** Throws if both values are deeply equal. */
export declare function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
/** Throws unless both are the same value (`Object.is`). */
export declare function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T;
/** Throws if the value is null or undefined. */
export declare function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T>;
/** Throws unless `actual` is greater than `expected`. */
export declare function assertGreater<T>(actual: T, expected: T, msg?: string): void;
/** Throws unless `actual` is less than `expected`. */
export declare function assertLess<T>(actual: T, expected: T, msg?: string): void;
/** Throws unless `actual` is less than or equal to `expected`. */
export declare function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void;
/** Throws unless `actual` is greater than or equal to `expected`. */
export declare function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void;
/** Throws unless `actual` matches the expression. */
export declare function assertMatch(actual: string, expected: RegExp, msg?: string): void;
/** Throws if `actual` matches the expression. */
export declare function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;
/** Throws unless `actual` contains `expected`. */
export declare function assertStringIncludes(actual: string, expected: string, msg?: string): void;
/** Throws unless the properties of `expected` are found in `actual`. */
export declare function assertObjectMatch(actual: Record<PropertyKey, unknown>, expected: Record<PropertyKey, unknown>, msg?: string): void;
/** Throws unless `actual` is an instance of `expectedType`. */
export declare function assertInstanceOf<T extends abstract new (...args: never[]) => unknown>(actual: unknown, expectedType: T, msg?: string): asserts actual is InstanceType<T>;
/** Throws unless `fn` throws; returns what it threw. */
export declare function assertThrows(fn: () => unknown, msg?: string): unknown;
export declare function assertThrows<E extends Error = Error>(fn: () => unknown, errorClass: abstract new (...args: never[]) => E, msgIncludes?: string, msg?: string): E;
/** Throws unless the promise of `fn` is rejected; returns what it was rejected with. */
export declare function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export declare function assertRejects<E extends Error = Error>(fn: () => PromiseLike<unknown>, errorClass: abstract new (...args: never[]) => E, msgIncludes?: string, msg?: string): Promise<E>;
/** Throws always. */
export declare function fail(msg?: string): never;
