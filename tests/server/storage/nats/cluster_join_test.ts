import { assertEquals, assertThrows } from "@std/assert";
import { placeToFollow } from "../../../../server/storage/nats/cluster_join.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";

const log = {
  cluster: "ours",
  beganEmpty: true,
  first: 1,
  last: 10,
  replicas: 3,
  leader: null,
  order: "led",
} as const;
const at = (applied: number, cluster = "ours") => ({
  place: { cluster, applied, checksum: 5 },
  isEmpty: false,
});
const fresh = { place: null, isEmpty: true };

Deno.test("an empty store follows from the beginning, one that was there before from its place", () => {
  assertEquals(placeToFollow(fresh, log), { cluster: "ours", applied: 0, checksum: 0 });
  assertEquals(placeToFollow(at(4), log), { cluster: "ours", applied: 4, checksum: 5 });
  assertEquals(placeToFollow(at(10), log), { cluster: "ours", applied: 10, checksum: 5 });
});

Deno.test("a store that has begun a cluster which another server was quicker to make follows that one", () => {
  const begun = { place: { cluster: "mine", applied: 0, checksum: 0 }, isEmpty: true };
  assertEquals(placeToFollow(begun, log), { cluster: "ours", applied: 0, checksum: 0 });
});

Deno.test("a store wants a snapshot where the log has not everything that it is missing", () => {
  assertEquals(placeToFollow(fresh, { ...log, first: 2 }), "snapshot");
  assertEquals(placeToFollow(fresh, { ...log, beganEmpty: false }), "snapshot");
  assertEquals(placeToFollow(at(4), { ...log, first: 6 }), "snapshot");
  // The one after its own is there.
  assertEquals(placeToFollow(at(4), { ...log, first: 5 }), at(4).place);
  // Everything in the log has grown old.
  assertEquals(placeToFollow(at(10), { ...log, first: 11 }), at(10).place);
});

Deno.test("a store with another history stays out, and is told what to do", () => {
  const refused = (store: Parameters<typeof placeToFollow>[0]) =>
    assertThrows(() => placeToFollow(store, log), StorageError).message;
  assertEquals(
    /accounts and messages of its own/.test(refused({ place: null, isEmpty: false })),
    true,
  );
  assertEquals(/belongs to another cluster/.test(refused(at(4, "another"))), true);
  assertEquals(/restored from an old backup/.test(refused(at(11))), true);
});
