import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { IrcLine, variantBits } from "../../../../../server/wires/irc/format/line.ts";

const decoder = new TextDecoder();
const everything = variantBits.serverTime | variantBits.accountTag | variantBits.messageTags;

Deno.test("a Line is one line, whatever is in its body and its tags", () => {
  const part = fc.string({ unit: fc.constantFrom("a", " ", ":", "\r", "\n", "\0", "@") });
  fc.assert(fc.property(part, part, part, part, (body, account, clientOnly, label) => {
    const line = new IrcLine(`:${body}`, { timeMs: 0, msgid: "1", account, clientOnly });
    for (const bytes of [line.bytes(everything), line.encoded(everything, `label=${label}`)]) {
      const text = decoder.decode(bytes);
      assertEquals(/[\0\r\n]/.exec(text)?.index, text.length - 2, JSON.stringify(text));
      assertEquals(text.slice(-2), "\r\n");
    }
  }));
});
