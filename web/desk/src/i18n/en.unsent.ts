export const unsent = {
  held: "Can't be sent now: {{reason}}",
  failed: "Not delivered: {{reason}}",
  window_closed: "the customer wrote too long ago. It goes out when they write again.",
  window_full: "all messages the channel allows were used. It goes out when they write again.",
  session_not_ours: "{{servicer}} is answering in the channel's own desk.",
  somebody: "a colleague",
  blocked: "the customer refuses messages",
  session_ended: "the session had ended",
  gap: "Customers' messages from {{since}} to {{until}} may be missing: the vendor had let go of them.",
  send: "Send now",
  sending: "On its way",
  open_one: "{{count}} message waits and can be sent now.",
  open_other: "{{count}} messages wait and can be sent now.",
};

export const file = {
  voice: "Voice message",
  video: "Video",
  file: "File",
  gone: "{{kind}}, not kept",
};
