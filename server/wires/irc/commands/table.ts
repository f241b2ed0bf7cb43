/**
 * All commands, and the one place where it is checked who may use which.
 *
 * @module
 */
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { type Context, type IrcCommand, refuseCommand, type Rows } from "./command.ts";
import { shown } from "../sign_in/registering.ts";
import { annotationRows } from "./annotations.ts";
import { capabilityRows } from "./capability.ts";
import { channelRows } from "./channels.ts";
import { historyRows } from "./history.ts";
import { messageRows } from "./messages.ts";
import { metadataRows } from "./metadata.ts";
import { modeRows } from "./modes.ts";
import { peopleRows } from "./people.ts";
import { registrationRows } from "./registration.ts";
import { serverRows } from "./server.ts";

const table: ReadonlyMap<string, IrcCommand> = new Map(Object.entries<IrcCommand>(
  {
    ...registrationRows,
    ...capabilityRows,
    ...channelRows,
    ...modeRows,
    ...messageRows,
    ...annotationRows,
    ...peopleRows,
    ...serverRows,
    ...historyRows,
    ...metadataRows,
  } satisfies Rows,
));

/** The row of a command; undefined for one that does not exist. */
export function commandOf(name: string): IrcCommand | undefined {
  return table.get(name);
}

/**
 * Runs a command, or answers why it cannot be run. What the heart refuses, and no handler has a reply of its own for, is
 * answered here: it never ends the connection.
 *
 * @param context Who sent it, and what.
 * @return A promise where the next command has to wait.
 */
export function runIrcCommand(context: Context): Promise<void> | void {
  const { command: name } = context.message;
  // An empty line is no command, and no mistake.
  if (name === "") return;
  const command = commandOf(name);
  if (!mayRun(context, command)) return;
  const refuse = (error: unknown) => {
    if (!(error instanceof ChatError)) throw error;
    refuseCommand(context, error);
  };
  try {
    return command.handle(context)?.catch(refuse);
  } catch (error) {
    refuse(error);
  }
}

function mayRun(
  { client, message, params }: Context,
  command: IrcCommand | undefined,
): command is IrcCommand {
  const name = () => shown(message.command).slice(0, 64);
  const isIn = client.person !== null;
  if (command === undefined || (command.when === "after" && !isIn)) {
    if (!isIn) client.numeric("ERR_NOTREGISTERED");
    else client.numeric("ERR_UNKNOWNCOMMAND", [name()]);
    return false;
  }
  if (command.when === "before" && isIn) {
    client.numeric("ERR_ALREADYREGISTERED");
    return false;
  }
  if (command.operator === true && client.session?.rulesServer !== true) {
    client.numeric("ERR_NOPRIVILEGES");
    return false;
  }
  if (params.length < command.least) {
    client.numeric("ERR_NEEDMOREPARAMS", [name()]);
    return false;
  }
  return true;
}
