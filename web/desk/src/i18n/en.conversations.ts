export const lists = {
  over: "more than {{number}}",
  behind: "The search is {{count}} s behind: the latest changes may be missing.",
};

/** Who is there beside this reader. */
export const company = {
  online: "The customer is online",
  looking: "Also looking: {{names}}",
  visitor: "The customer is typing …",
  agent: "A colleague is typing …",
};

export const conversations = {
  title: "Conversations",
  search: "Words, customer, order or ticket",
  status: "Status",
  all: "All",
  customer: "Customer",
  latest: "Latest message",
  messages: "Messages",
  channel: "Channel",
  updated: "Active",
  unnamed: "Unnamed customer",
  empty: "No conversations found",
  emptyDetail:
    "Try another word or another status. What was just said is found within half a minute.",
  count_one: "{{number}} conversation",
  count_other: "{{number}} conversations",
  table: "Conversations",
  back: "All conversations",
  earlier: "Show earlier messages",
  noMessages: "Nothing has been said yet.",
  handoff: "Handed over: {{reason}}",
  started: "Started {{time}}",
  readOnly: "To be read only: the assistant or the team answers where the customer writes.",
};
