import type * as en from "./en.system";

type Same<T> = { [Key in keyof T]: string };

export const system: Same<typeof en.system> = {
  title: "渠道与系统",
  lead: "客户从哪里来，工作是否都办完了。",
  down: "有渠道中断",
  channels: "渠道",
  noChannels: "还没有渠道",
  noChannelsDetail: "在数据目录的 channels.yml 里添加第一个渠道，然后重新启动。",
  account: "账号",
  state: "状态",
  traffic: "消息",
  waiting: "待发送",
  lastIn: "收到：{{at}}",
  lastOut: "发出：{{at}}",
  fetched: "发出：由客户端自行获取",
  never: "还没有",
  ago: "{{time}}前",
  justNow: "刚刚",
  since: "始于 {{at}}",
  checked: "检查于 {{at}}",
  pending_one: "{{count}} 条消息",
  pending_other: "{{count}} 条消息",
  oldest: "最早：{{time}}",
  nothing: "无",
  check: "立即检查",
  checkOf: "立即检查：{{name}}",
  isWell: "{{name}}：平台答复一切正常。",
  isNotWell: "{{name}}：{{problem}}",
  vendor: "平台原话：{{detail}}",
  work: "工作",
  workers_one: "{{count}} 个工作进程在运行。",
  workers_other: "{{count}} 个工作进程在运行。",
  noWorkers: "没有工作进程在运行：消息会保存下来，但没有人回复。",
  kind: "类型",
  due: "待办",
  running: "进行中",
  dead: "已放弃",
  age: "最早已等待",
  idle: "没有等待的任务。",
  queue: "队列",
  processes: "进程",
  process: "进程",
  role: "角色",
  version: "版本",
  started: "启动时间",
  seen: "最近一次出现",
  letters: "已放弃的任务",
  lettersDetail: "反复失败的任务。排除原因之后，再试一次。",
  noLetters: "没有被放弃的任务。",
  number: "任务",
  why: "原因",
  tries: "尝试次数",
  created: "创建时间",
  replay: "再试一次",
  replayOf: "再试一次：任务 {{id}}",
  replayed: "正在重试任务 {{id}}。",
};

export const replayRefusal: Same<typeof en.replayRefusal> = {
  answered_by_person: "已有人工回复。",
  with_people: "会话由人工处理。",
  conversation_closed: "会话已结束。",
  nothing_waits: "消息都已回复。",
};

export const channelState: Same<typeof en.channelState> = {
  ok: "正常",
  degraded: "不稳定",
  down: "中断",
  unknown: "尚未使用",
};

export const channelKind: Same<typeof en.channelKind> = {
  webchat: "网页聊天",
  telegram: "Telegram",
  wecom: "企业微信",
  wecom_kf: "微信客服",
  app: "商城 App",
};

export const channelError: Same<typeof en.channelError> = {
  bad_token: "平台拒绝了令牌，请更换有效的令牌并重新启动。",
  bad_account: "平台不认识这个账号。",
  bad_settings: "账号的设置有误，请修改 channels.yml 并重新启动。",
  not_installed: "缺少此渠道所需的软件包。",
  no_secret: "设置里缺少密钥。",
  unreachable: "连不上平台。",
  busy: "平台繁忙。",
  rate_limited: "平台要求放慢速度。",
  webhook_elsewhere: "平台把消息送到了别的地址，这里收不到。",
  vendor_complains: "平台对这个账号有意见。",
};

export const jobKind: Same<typeof en.jobKind> = {
  turn: "回复消息",
  deliver: "发送消息",
  refund_execute: "支付退款",
  hand_over: "转交人工",
  pull: "拉取消息",
  pull_all: "检查新消息",
  index: "更新搜索",
  prune: "清理",
};

export const processRole: Same<typeof en.processRole> = {
  all: "网页与工作进程",
  web: "网页",
  worker: "工作进程",
};
