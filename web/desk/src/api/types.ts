/** The shapes the desk reads, as the server's schema has them, under the names the screens use. */

import type { Message as ChatMessage } from "../../../widget/src/protocol/chat";
import type { components } from "./schema";

type Schemas = components["schemas"];

/** A message as people of the shop see it: also what became of it. */
export type Message = ChatMessage & { delivery: "pending" | "sent" | "failed" | "held" | null };
export type ReplyWindow = Schemas["ReplyWindowOut"];
export type Account = Schemas["AccountOut"];
export type Money = Schemas["MoneyOut"];
export type RefundRow = Schemas["RefundRowOut"];
export type RefundDetail = Schemas["RefundDetailOut"];
export type RefundPage = Schemas["RefundPageOut"];
export type Decision = Schemas["DecisionOut"];
export type Evidence = Schemas["EvidenceOut"];
export type TicketRow = Schemas["TicketRowOut"];
export type TicketPage = Schemas["TicketPageOut"];
export type ConversationRow = Schemas["ConversationRowOut"];
export type TicketItem = Schemas["TicketItemOut"];
export type TicketCustomer = Schemas["TicketDetailOut"]["customer"];
export type HistoryEntry = Schemas["HistoryOut"];
export type Channel = Schemas["ChannelOut"];
export type System = Schemas["SystemOut"];
export type DeadLetter = Schemas["DeadLetterOut"];
export type VerdictIn = Schemas["VerdictIn"];

/** The schema says of messages only that they are objects: they are those of the chat API. */
export type ConversationDetail = Omit<Schemas["ConversationDetailOut"], "messages"> & {
  messages: Message[];
};
export type TicketDetail = Omit<Schemas["TicketDetailOut"], "messages"> & { messages: Message[] };
