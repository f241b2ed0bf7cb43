/**
 * Files at the page: sent, fetched, shown.
 */
/// <reference lib="dom" />
import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { newHasher } from "../../client/files/sent_file.ts";
import type { FileSource } from "../../client/core/files/file_ports.ts";
import { newPostId } from "../../protocol/wire/post_id.ts";
import { testWanting } from "../needs.ts";
import { message, type Walk, walks } from "./page_walk.ts";

const test = testWanting("chromium");

/** One pixel. */
const png = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
);

function bytesSource(bytes: Uint8Array): FileSource {
  return {
    size: bytes.length,
    read(offset, buffer) {
      const part = bytes.subarray(offset, offset + buffer.length);
      buffer.set(part);
      return Promise.resolve(part.length);
    },
    isUnchanged: () => Promise.resolve(true),
    close() {},
  };
}

/** Pastes as office programs do, a text with a picture of it; gives whether it is left to the browser, which takes the text. */
const pasteWithPicture = `(() => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", "roses");
  clipboardData.items.add(new File(["x"], "table.png", { type: "image/png" }));
  const event = new ClipboardEvent("paste", { clipboardData, cancelable: true, bubbles: true });
  return document.querySelector("#message").dispatchEvent(event);
})()`;

async function loseTheConnection({ page, jill, link }: Walk): Promise<void> {
  const whole = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)).toHex().repeat(40));
  const broken = link.cutAfter(1_500_000);
  await page.locator("input[type=file]").setInputFiles([
    { name: "big.bin", mimeType: "", buffer: whole },
  ]);
  await broken;
  const button = message(page, "big.bin").getByRole("button", { name: "Save big.bin" });
  await button.waitFor();
  const brokenAgain = link.cutAfter(1_500_000);
  const download = page.waitForEvent("download");
  await button.click();
  await brokenAgain;
  assertEquals(whole.equals(await Deno.readFile(await (await download).path())), true);
  const { posts } = await jill.history({ room: "#lobby", limit: 1 });
  assertEquals(posts.map(({ kind }) => kind), ["file"]);
}

async function sendAndFetch({ page, jill }: Walk): Promise<void> {
  await page.locator("input[type=file]").setInputFiles([
    { name: "pixel.png", mimeType: "image/png", buffer: Buffer.from(png) },
  ]);
  await message(page, "pixel.png").getByRole("button", { name: "Show pixel.png" }).click();
  const picture = page.getByRole("img", { name: "pixel.png" });
  await picture.waitFor();
  assertEquals(
    await picture.evaluate((one) => (one as unknown as { naturalWidth: number }).naturalWidth),
    1,
  );
  const bytes = new TextEncoder().encode(`<svg onload="alert(1)">${"x".repeat(300_000)}</svg>`);
  const options = { newHasher, onProgress: () => {}, signal: new AbortController().signal };
  await jill.files.send({
    where: "#lobby",
    postId: newPostId(Date.now()),
    key: crypto.getRandomValues(new Uint8Array(32)),
    source: bytesSource(bytes),
    name: "drawing.svg",
    type: "image/svg+xml",
    text: "",
  }, options);
  const download = page.waitForEvent("download");
  await message(page, "drawing.svg").getByRole("button", { name: "Save drawing.svg" }).click();
  const saved = await download;
  assertEquals(saved.suggestedFilename(), "drawing.svg");
  assertEquals((await Deno.readFile(await saved.path())).length, bytes.length);
  assertEquals(await page.getByRole("img").count(), 1);
  assertEquals(await page.evaluate(pasteWithPicture), true);
}

/** On a narrow page a long name gives way, not the button beside it. */
async function fitOnPhones({ page }: Walk): Promise<void> {
  const name = "what was planted in the garden this year.txt";
  await page.locator("input[type=file]").setInputFiles([
    { name, mimeType: "text/plain", buffer: Buffer.from("roses") },
  ]);
  const button = message(page, name).getByRole("button", { name: `Save ${name}` });
  await button.waitFor();
  const wide = await button.boundingBox();
  await page.setViewportSize({ width: 320, height: 600 });
  const narrow = await button.boundingBox();
  assertEquals([narrow!.width, narrow!.height >= wide!.height], [wide!.width, true]);
  assertEquals(await page.evaluate(() => document.documentElement.scrollWidth), 320);
}

test("files at the page", async (t) => {
  await walks(async (walking) => {
    await t.step(
      "a file goes on where it was when the connection is lost in the middle of it",
      () => walking(loseTheConnection),
    );
    await t.step(
      "files go from the page and come to it, whole; pictures are drawn, and what could run is only saved",
      () => walking(sendAndFetch),
    );
    await t.step("the button of a file stays whole on a phone", () => walking(fitOnPhones));
  });
});
