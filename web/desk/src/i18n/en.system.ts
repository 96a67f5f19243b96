/** The page of channels and system. */
export const system = {
  title: "Channels and system",
  lead: "How the shop is reached, and whether all work gets done.",
  down: "a channel is down",
  channels: "Channels",
  noChannels: "No channels yet",
  noChannelsDetail: "Add the first one to channels.yml in the data folder and start again.",
  account: "Account",
  state: "State",
  traffic: "Messages",
  waiting: "Waiting",
  lastIn: "in: {{at}}",
  lastOut: "out: {{at}}",
  fetched: "out: fetched by the client",
  never: "none yet",
  ago: "{{time}} ago",
  justNow: "just now",
  since: "since {{at}}",
  checked: "checked {{at}}",
  pending_one: "{{count}} message",
  pending_other: "{{count}} messages",
  oldest: "oldest: {{time}}",
  nothing: "nothing",
  check: "Check now",
  checkOf: "Check now: {{name}}",
  isWell: "{{name}}: the vendor says all is well.",
  isNotWell: "{{name}}: {{problem}}",
  vendor: "The vendor says: {{detail}}",
  work: "Work",
  workers_one: "{{count}} worker is at work.",
  workers_other: "{{count}} workers are at work.",
  noWorkers: "No worker is running: messages are kept, but nobody answers them.",
  kind: "Kind",
  due: "To do",
  running: "Running",
  dead: "Given up",
  age: "Oldest waits",
  idle: "Nothing waits.",
  queue: "Queue",
  processes: "Processes",
  process: "Process",
  role: "Role",
  version: "Version",
  started: "Started",
  seen: "Last seen",
  letters: "Given up",
  lettersDetail: "What failed again and again. Mend the cause, then try it again.",
  noLetters: "Nothing was given up.",
  number: "Job",
  why: "Why",
  tries: "Tries",
  created: "Since",
  replay: "Try again",
  replayOf: "Try again: job {{id}}",
  replayed: "Job {{id}} is tried again.",
};

/** Why a job that was given up can't be tried again. */
export const replayRefusal = {
  answered_by_person: "A person has answered since.",
  with_people: "People have this conversation.",
  conversation_closed: "The conversation is closed.",
  nothing_waits: "Every message was answered.",
};

export const channelState = {
  ok: "Works",
  degraded: "Disturbed",
  down: "Down",
  unknown: "Not used yet",
};

export const channelKind = {
  webchat: "Web chat",
  telegram: "Telegram",
  wecom: "WeCom",
  wecom_kf: "WeCom customer service",
  app: "The shop's app",
};

export const channelError = {
  bad_token: "The vendor refuses the token. Set a valid one and start again.",
  bad_account: "The vendor does not know this account.",
  bad_settings: "The account's settings are wrong. Correct channels.yml and start again.",
  not_installed: "A package that this channel needs is not installed.",
  no_secret: "A secret is missing in the settings.",
  unreachable: "The vendor can't be reached.",
  busy: "The vendor is busy.",
  rate_limited: "The vendor asks us to slow down.",
  webhook_elsewhere: "The vendor calls another address, so no messages come in here.",
  vendor_complains: "The vendor complains about the account.",
};

export const jobKind = {
  turn: "Answer a message",
  deliver: "Deliver a message",
  refund_execute: "Pay a refund",
  hand_over: "Hand over to a person",
  pull: "Fetch messages",
  pull_all: "Look for messages",
  index: "Update the search",
  prune: "Tidy up",
};

export const processRole = { all: "Web and worker", web: "Web", worker: "Worker" };
