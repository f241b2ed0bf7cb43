import { assertEquals } from "@std/assert";
import { Fragment, h } from "preact";
import { staticMarkup } from "../../tools/static_markup.ts";

function Field({ label }: { readonly label: string }) {
  return h("label", null, label, h("input", { required: true, spellcheck: false, value: "" }));
}

Deno.test("components become HTML: texts as texts, and buttons that cannot be pressed yet", () => {
  const form = h(
    Fragment,
    null,
    h(Field, { label: 'a & b < "c"' }),
    [1, null, false],
    h("button", { type: "submit", class: "primary", onClick: () => {} }, "Go"),
  );
  assertEquals(
    staticMarkup(form),
    '<label>a &amp; b &lt; &quot;c&quot;<input required spellcheck="false"></label>1' +
      '<button type="submit" class="primary" disabled>Go</button>',
  );
});
