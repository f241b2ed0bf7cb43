/**
 * Emoji by their names, as people type them: `:thumbsup:`.
 *
 * @module
 */

/** The names that are in use elsewhere, too, each before its emoji. */
const table = `
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 clap 👏 wave 👋 pray 🙏 muscle 💪 raised_hands 🙌 handshake 🤝 fist ✊ punch 👊
v ✌️ crossed_fingers 🤞 point_up ☝️ point_down 👇 point_left 👈 point_right 👉 raised_hand ✋ vulcan_salute 🖖 writing_hand ✍️
heart ❤️ orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤 broken_heart 💔 sparkling_heart 💖
smile 😄 smiley 😃 grin 😁 grinning 😀 joy 😂 rofl 🤣 laughing 😆 sweat_smile 😅 slightly_smiling_face 🙂 upside_down_face 🙃
wink 😉 blush 😊 innocent 😇 heart_eyes 😍 kissing_heart 😘 yum 😋 stuck_out_tongue 😛 stuck_out_tongue_winking_eye 😜 sunglasses 😎
nerd_face 🤓 thinking 🤔 neutral_face 😐 expressionless 😑 no_mouth 😶 rolling_eyes 🙄 smirk 😏 relieved 😌 pensive 😔 sleepy 😪
sleeping 😴 mask 😷 dizzy_face 😵 exploding_head 🤯 partying_face 🥳 worried 😟 confused 😕 frowning ☹️ open_mouth 😮 astonished 😲
flushed 😳 fearful 😨 cold_sweat 😰 cry 😢 sob 😭 scream 😱 disappointed 😞 tired_face 😫 triumph 😤 rage 😡 angry 😠 skull 💀
poop 💩 clown_face 🤡 ghost 👻 alien 👽 robot 🤖 see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊 shrug 🤷 facepalm 🤦 salute 🫡 hugs 🤗
eyes 👀 brain 🧠 baby 👶 man 👨 woman 👩 family 👪 detective 🕵️ ninja 🥷 zzz 💤 boom 💥 fire 🔥 sparkles ✨ star ⭐ star2 🌟 zap ⚡
100 💯 tada 🎉 confetti_ball 🎊 balloon 🎈 gift 🎁 trophy 🏆 medal 🏅 dart 🎯 game_die 🎲 art 🎨 musical_note 🎵 guitar 🎸 headphones 🎧
rocket 🚀 car 🚗 bike 🚲 train 🚆 airplane ✈️ ship 🚢 construction 🚧 rotating_light 🚨 traffic_light 🚦 house 🏠 office 🏢 hospital 🏥
coffee ☕ tea 🍵 beer 🍺 beers 🍻 wine_glass 🍷 champagne 🍾 pizza 🍕 hamburger 🍔 fries 🍟 sushi 🍣 bread 🍞 cheese 🧀 cake 🍰 cookie 🍪
apple 🍎 banana 🍌 cherries 🍒 strawberry 🍓 lemon 🍋 avocado 🥑 popcorn 🍿 cat 🐱 dog 🐶 mouse 🐭 fox 🦊 bear 🐻 panda 🐼 cow 🐮 pig 🐷
frog 🐸 monkey 🐵 chicken 🐔 penguin 🐧 bird 🐦 duck 🦆 owl 🦉 bee 🐝 bug 🐛 butterfly 🦋 snail 🐌 turtle 🐢 snake 🐍 whale 🐳 dolphin 🐬
fish 🐟 crab 🦀 octopus 🐙 unicorn 🦄 horse 🐴 elephant 🐘 dinosaur 🦕 rose 🌹 tulip 🌷 sunflower 🌻 blossom 🌼 bouquet 💐 seedling 🌱
evergreen_tree 🌲 deciduous_tree 🌳 palm_tree 🌴 cactus 🌵 four_leaf_clover 🍀 maple_leaf 🍁 mushroom 🍄 earth 🌍 sun ☀️ cloud ☁️
umbrella ☔ snowflake ❄️ snowman ⛄ rainbow 🌈 ocean 🌊 moon 🌙 computer 💻 keyboard ⌨️ desktop 🖥️ printer 🖨️ phone ☎️ iphone 📱
battery 🔋 plug 🔌 bulb 💡 floppy_disk 💾 cd 💿 camera 📷 tv 📺 hourglass ⌛ alarm_clock ⏰ calendar 📅 memo 📝 pencil ✏️ book 📖
books 📚 newspaper 📰 bookmark 🔖 link 🔗 paperclip 📎 pushpin 📌 scissors ✂️ lock 🔒 unlock 🔓 key 🔑 hammer 🔨 wrench 🔧 gear ⚙️
shield 🛡️ microscope 🔬 telescope 🔭 test_tube 🧪 pill 💊 package 📦 email 📧 envelope ✉️ inbox 📥 outbox 📤 mailbox 📫 chart 📈
chart_down 📉 money 💰 dollar 💵 euro 💶 credit_card 💳 bell 🔔 no_bell 🔕 mega 📣 speech_balloon 💬 thought_balloon 💭 mag 🔍
white_check_mark ✅ check ✔️ x ❌ question ❓ exclamation ❗ warning ⚠️ no_entry ⛔ stop 🛑 recycle ♻️ infinity ♾️ new 🆕 ok 🆗 sos 🆘
up ⬆️ down ⬇️ left ⬅️ right ➡️ repeat 🔁 red_circle 🔴 green_circle 🟢 blue_circle 🔵 yellow_circle 🟡 flag 🚩 checkered_flag 🏁
white_flag 🏳️ rainbow_flag 🏳️‍🌈 pirate_flag 🏴‍☠️
`;

/** Each by its name. */
const byName: ReadonlyMap<string, string> = new Map(
  Array.from(table.matchAll(/(\S+)\s+(\S+)/gu), ([, name = "", emoji = ""]) => [name, emoji]),
);

/**
 * The emoji of a name.
 *
 * @param word `:name:`; the last colon may be left out.
 * @return Null where there is none of that name.
 */
export function emojiOf(word: string): string | null {
  const name = /^:([^:\s]+):?$/u.exec(word)?.[1];
  return name === undefined ? null : byName.get(name.toLowerCase()) ?? null;
}

/**
 * The names that begin so, with their emoji.
 *
 * @param beginning A colon and the beginning of a name.
 * @return In the order of the names; none where it is something else.
 */
export function emojiNamesBeginning(beginning: string): (readonly [name: string, emoji: string])[] {
  const typed = /^:([a-z0-9_+-]+)$/iu.exec(beginning)?.[1]?.toLowerCase();
  if (typed === undefined) return [];
  return [...byName].filter(([name]) => name.startsWith(typed)).sort(([one], [other]) =>
    one < other ? -1 : 1
  );
}

/**
 * The emoji whose names begin so.
 *
 * @param word A colon and the beginning of a name, or `:name:`.
 * @return Each once, in the order of the names; none where the word is something else.
 */
export function emojiBeginning(word: string): string[] {
  const whole = /^:[^:\s]+:$/u.test(word) ? emojiOf(word) : null;
  if (whole !== null) return [whole];
  return [...new Set(emojiNamesBeginning(word).map(([, emoji]) => emoji))];
}
