/**
 * Emoji by the names that people type between colons. A few that are used, not all there are: their list would be larger than
 * the page.
 *
 * @module
 */

const table =
  "smile 😄 grin 😁 laughing 😆 joy 😂 rofl 🤣 sweat_smile 😅 wink 😉 blush 😊 slight_smile 🙂 " +
  "upside_down 🙃 innocent 😇 heart_eyes 😍 kissing_heart 😘 yum 😋 stuck_out_tongue 😛 zany 🤪 hugs 🤗 thinking 🤔 " +
  "zipper_mouth 🤐 raised_eyebrow 🤨 neutral 😐 expressionless 😑 no_mouth 😶 smirk 😏 unamused 😒 roll_eyes 🙄 " +
  "grimacing 😬 relieved 😌 pensive 😔 sleepy 😪 sleeping 😴 mask 😷 sick 🤒 nauseated 🤢 sneezing 🤧 hot 🥵 cold 🥶 " +
  "dizzy 😵 exploding_head 🤯 cowboy 🤠 party 🥳 sunglasses 😎 nerd 🤓 monocle 🧐 confused 😕 worried 😟 frown 🙁 " +
  "open_mouth 😮 astonished 😲 flushed 😳 pleading 🥺 anguished 😧 fearful 😨 cry 😢 sob 😭 scream 😱 disappointed 😞 " +
  "sweat 😓 weary 😩 tired 😫 yawn 🥱 triumph 😤 rage 😡 angry 😠 skull 💀 poop 💩 clown 🤡 ghost 👻 alien 👽 robot 🤖 " +
  "smile_cat 😺 see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊 heart ❤️ orange_heart 🧡 yellow_heart 💛 green_heart 💚 " +
  "blue_heart 💙 purple_heart 💜 black_heart 🖤 white_heart 🤍 broken_heart 💔 sparkling_heart 💖 hundred 💯 100 💯 " +
  "boom 💥 sparkles ✨ star ⭐ fire 🔥 zap ⚡ rainbow 🌈 sun ☀️ cloud ☁️ rain 🌧️ snow ❄️ snowman ⛄ umbrella ☔ ocean 🌊 " +
  "+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 v ✌️ crossed_fingers 🤞 metal 🤘 point_left 👈 point_right 👉 " +
  "point_up 👆 point_down 👇 wave 👋 clap 👏 raised_hands 🙌 open_hands 👐 pray 🙏 handshake 🤝 muscle 💪 fist ✊ punch 👊 " +
  "eyes 👀 brain 🧠 ear 👂 nose 👃 tongue 👅 baby 👶 shrug 🤷 facepalm 🤦 bow 🙇 runner 🏃 dancer 💃 dog 🐶 cat 🐱 mouse 🐭 " +
  "hamster 🐹 rabbit 🐰 fox 🦊 bear 🐻 panda 🐼 tiger 🐯 lion 🦁 cow 🐮 pig 🐷 frog 🐸 monkey 🐵 chicken 🐔 penguin 🐧 bird 🐦 " +
  "owl 🦉 horse 🐴 unicorn 🦄 bee 🐝 bug 🐛 butterfly 🦋 snail 🐌 turtle 🐢 snake 🐍 octopus 🐙 whale 🐳 dolphin 🐬 fish 🐟 " +
  "crab 🦀 cactus 🌵 tree 🌳 palm 🌴 seedling 🌱 herb 🌿 clover 🍀 maple 🍁 mushroom 🍄 rose 🌹 tulip 🌷 sunflower 🌻 apple 🍎 " +
  "banana 🍌 lemon 🍋 grapes 🍇 melon 🍉 strawberry 🍓 cherries 🍒 peach 🍑 avocado 🥑 tomato 🍅 carrot 🥕 corn 🌽 bread 🍞 " +
  "cheese 🧀 egg 🥚 pizza 🍕 burger 🍔 fries 🍟 taco 🌮 sushi 🍣 cake 🍰 birthday 🎂 cookie 🍪 chocolate 🍫 candy 🍬 icecream 🍦 " +
  "coffee ☕ tea 🍵 beer 🍺 beers 🍻 wine 🍷 cocktail 🍸 soccer ⚽ basketball 🏀 tennis 🎾 trophy 🏆 medal 🥇 dart 🎯 game 🎮 " +
  "dice 🎲 art 🎨 music 🎵 guitar 🎸 mic 🎤 headphones 🎧 movie 🎬 camera 📷 tv 📺 phone 📱 computer 💻 keyboard ⌨️ printer 🖨️ " +
  "disk 💾 cd 💿 battery 🔋 bulb 💡 flashlight 🔦 candle 🕯️ wrench 🔧 hammer 🔨 gear ⚙️ link 🔗 lock 🔒 unlock 🔓 key 🔑 bell 🔔 " +
  "pencil ✏️ memo 📝 book 📖 books 📚 clipboard 📋 calendar 📅 chart 📈 pushpin 📌 paperclip 📎 scissors ✂️ trash 🗑️ folder 📁 " +
  "mail ✉️ inbox 📥 package 📦 rocket 🚀 airplane ✈️ car 🚗 bus 🚌 train 🚆 bike 🚲 ship 🚢 house 🏠 office 🏢 school 🏫 hospital 🏥 " +
  "earth 🌍 moon 🌙 hourglass ⏳ watch ⌚ clock 🕐 alarm ⏰ warning ⚠️ construction 🚧 stop 🛑 no_entry ⛔ question ❓ exclamation ❗ " +
  "check ✅ x ❌ plus ➕ minus ➖ recycle ♻️ flag 🏁 white_flag 🏳️ tada 🎉 confetti 🎊 balloon 🎈 gift 🎁 crown 👑 gem 💎 money 💰";

const words = table.split(" ");

/** Every name with its emoji, in the order in which they are offered. */
export const emojiNames: ReadonlyMap<string, string> = new Map(
  words.flatMap((word, at) => at % 2 === 0 ? [[word, words[at + 1] ?? ""] as const] : []),
);

/** Reactions that are one click away, with what they are called. */
export const usualReactions: readonly (readonly [emoji: string, name: string])[] = [
  ["👍", "thumbs up"],
  ["❤️", "heart"],
  ["😂", "laughing"],
  ["🎉", "celebration"],
  ["😮", "surprised"],
  ["😢", "sad"],
  ["🙏", "thanks"],
  ["👀", "looking"],
];

/** A text with its `:names:` as emoji; what is no name stays. */
export function withEmoji(text: string): string {
  return text.replace(
    /(?<![\w:]):([+\w-]{1,24}):(?![\w:])/g,
    (all, name: string) => emojiNames.get(name) ?? all,
  );
}

/**
 * Emoji whose names begin so.
 *
 * @param prefix What was typed behind the colon.
 * @param count How many at the most.
 */
export function emojiLike(
  prefix: string,
  count: number,
): (readonly [name: string, emoji: string])[] {
  const lower = prefix.toLowerCase();
  return [...emojiNames].filter(([name]) => name.startsWith(lower)).slice(0, count);
}
