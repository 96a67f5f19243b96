export const lists = {
  over: "超过 {{number}}",
  behind: "搜索滞后 {{count}} 秒，最新的变化可能还搜不到。",
};

export const company = {
  online: "客户在线",
  looking: "也在查看：{{names}}",
  visitor: "客户正在输入…",
  agent: "同事正在输入…",
};

export const conversations = {
  title: "对话",
  search: "聊天内容、客户、订单号或工单号",
  status: "状态",
  all: "全部",
  customer: "客户",
  latest: "最新消息",
  messages: "消息数",
  channel: "渠道",
  updated: "最近活动",
  unnamed: "未具名客户",
  empty: "没有找到对话",
  emptyDetail: "换个关键词或状态试试。刚说的话半分钟内就能搜到。",
  count_one: "{{number}} 个对话",
  count_other: "{{number}} 个对话",
  table: "对话列表",
  back: "全部对话",
  earlier: "显示更早的消息",
  noMessages: "还没有消息。",
  handoff: "已转人工：{{reason}}",
  started: "开始于 {{time}}",
  readOnly: "仅供查看：由机器人或同事在客户所在的渠道里回复。",
};
