export const unsent = {
  held: "现在无法发送：{{reason}}",
  failed: "未送达：{{reason}}",
  window_closed: "客户太久没有发消息。对方再次发来消息时会自动发出。",
  window_full: "该渠道允许的条数已用完。对方再次发来消息时会自动发出。",
  session_not_ours: "{{servicer}}正在渠道自带的客服端接待。",
  somebody: "同事",
  blocked: "客户拒收消息",
  session_ended: "会话已经结束",
  gap: "{{since}} 至 {{until}} 的客户消息可能缺失：渠道方在取回之前已不再保留。",
  send: "立即发送",
  sending: "正在发送",
  open_one: "有 {{count}} 条消息在等待，现在可以发送。",
  open_other: "有 {{count}} 条消息在等待，现在可以发送。",
};

export const file = {
  voice: "语音消息",
  video: "视频",
  file: "文件",
  gone: "{{kind}}（未保存）",
};
