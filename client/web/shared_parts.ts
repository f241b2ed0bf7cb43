/**
 * What page.js gives to overlays.js, so that it is there once: tools/make_page.ts lists the modules.
 *
 * @module
 */
export { Fragment, jsx, jsxs } from "preact/jsx-runtime";
export { useEffect, useRef, useState } from "preact/hooks";
export { numberText } from "../../protocol/text/number_text.ts";
export { safeText } from "../../protocol/text/safe_text.ts";
export { sizeText } from "../../protocol/text/size_text.ts";
export { isPrivate } from "../core/e2e/message_view.ts";
export { counted } from "../talk/wording.ts";
export { dayName, machineTime, timeOfDay } from "./text/moments.ts";
export { hueOf, initialOf } from "./text/name_hues.ts";
export { IconButton } from "./view/icons.tsx";
export { MessageBody } from "./view/message_body.tsx";
