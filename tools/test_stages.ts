/**
 * In which order test files run in the gate, and which of them by themselves.
 *
 * @module
 */

/** How many isolates run at once: more than there are cores, since many wait for programs that they started. */
export const isolatesAtOnce: number = 2 * navigator.hardwareConcurrency + 1;

/**
 * Files that take ten seconds or more, the longest first: they begin early, each in an isolate of its own, so that none is left
 * when everything else has ended. All other files share isolates.
 */
export const longest: readonly string[] = [
  "tests/stress/cluster_simulation_test.ts",
  "tests/system/cluster_test.ts",
  "tests/system/bad_input_test.ts",
  "tests/system/cluster_files_test.ts",
  "tests/system/cluster_moving_test.ts",
  "tests/stress/cluster_growth_test.ts",
  "tests/system/cluster_mending_test.ts",
  "tests/system/cluster_read_writes_test.ts",
  "tests/system/cluster_drafts_test.ts",
  "tests/system/page_company_test.ts",
  "tests/system/page_troubles_test.ts",
  "tests/system/page_views_test.ts",
  "tests/system/page_wires_test.ts",
  "tests/system/page_server_test.ts",
  "tests/system/page_state_test.ts",
  "tests/system/page_access_test.ts",
  "tests/system/compile_test.ts",
  "tests/system/classic_test.ts",
  "tests/stress/simulation_test.ts",
  "tests/system/terminal_rooms_test.ts",
  "tests/system/dialogue_test.ts",
  "tests/system/terminal_post_test.ts",
  "tests/system/private_test.ts",
  "tests/bench/smoke_test.ts",
  "tests/system/start_test.ts",
  "tests/stress/digest_test.ts",
  "tests/tools/launcher_test.ts",
  "tests/system/terminal_screen_test.ts",
  "tests/system/terminal_modes_test.ts",
  "tests/server/storage/sqlite/sqlite_storage_test.ts",
  "tests/system/irc_test.ts",
  "tests/system/plain_terminal_test.ts",
  "tests/system/terminal_input_test.ts",
  "tests/stress/damage_test.ts",
  "tests/server/storage/sqlite/file/commit_counts_test.ts",
  "tests/server/storage/sqlite/posts/history_reader_test.ts",
  "tests/server/storage/sqlite/workers/verification_test.ts",
  "tests/system/terminal_files_test.ts",
];

/**
 * Files that the gate leaves to `deno task test:all`, and names: with them it takes longer than people wait. What each of them shows is shown
 * by others in small: what happens to servers of a cluster one by one, files between programs.
 */
export const thorough: readonly string[] = [
  "tests/stress/cluster_stress_test.ts",
  "tests/stress/files_test.ts",
];

/** Files that measure this process, or that need a machine on which nothing else happens: they run one by one, after all others. */
export const alone: readonly string[] = [
  "tests/client/core/flood_test.ts",
  "tests/system/terminal_sizes_test.ts",
];
