import { assertEquals } from "@std/assert";
import { droppedPath, readTypedPath } from "../../../client/talk/typed_path.ts";

Deno.test("a path is read as people type and drop it, with the text behind it", () => {
  const typed: readonly (readonly [string, string, string])[] = [
    ["roses.jpg", "roses.jpg", ""],
    ["  roses.jpg  for you  ", "roses.jpg", "for you"],
    ['"red roses.jpg" for you', "red roses.jpg", "for you"],
    ["'red roses.jpg'", "red roses.jpg", ""],
    ["red\\ roses.jpg for you", "red roses.jpg", "for you"],
    ["~/roses.jpg", "/home/jack/roses.jpg", ""],
    ["~joe/roses.jpg", "~joe/roses.jpg", ""],
    ["file:///home/jack/red%20roses.jpg", "/home/jack/red roses.jpg", ""],
    ["C:\\Users\\jack\\roses.jpg", "C:\\Users\\jack\\roses.jpg", ""],
  ];
  for (const [text, path, rest] of typed) {
    assertEquals(readTypedPath(text, "/home/jack"), { path, text: rest }, text);
  }
  assertEquals(readTypedPath("", "/home/jack"), null);
  assertEquals(readTypedPath('""', "/home/jack"), null);
});

Deno.test("only what is a whole path by itself looks like one that was dropped", () => {
  const texts: readonly (readonly [string, string | null])[] = [
    ["/home/jack/roses.jpg", "/home/jack/roses.jpg"],
    ["'/home/jack/red roses.jpg' ", "/home/jack/red roses.jpg"],
    ["/home/jack/red\\ roses.jpg", "/home/jack/red roses.jpg"],
    ["file:///home/jack/roses.jpg", "/home/jack/roses.jpg"],
    ["/me waves at you", null],
    ["/home/jack and more", null],
    ["roses.jpg", null],
    ["a /home/jack/roses.jpg", null],
    ["/home/jack\n/home/jill", null],
  ];
  for (const [text, path] of texts) assertEquals(droppedPath(text), path, text);
});
