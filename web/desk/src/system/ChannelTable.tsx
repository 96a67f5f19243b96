import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Table, type TableColumnsType } from "antd";
import { useTranslation } from "react-i18next";
import * as api from "../api/client";
import type { Channel } from "../api/types";
import { word } from "../i18n";
import { errorText } from "../shared/states";
import { useDateTime } from "../shared/time";
import "../shared/status.css";
import { channels as query } from "./queries";
import { useElapsed } from "./time";

export function ChannelTable({ channels }: { channels: Channel[] }) {
  const { t } = useTranslation();
  const columns: TableColumnsType<Channel> = [
    { title: t("system.account"), render: (_, channel) => <Name channel={channel} /> },
    { title: t("system.state"), render: (_, channel) => <State channel={channel} /> },
    { title: t("system.traffic"), render: (_, channel) => <Traffic channel={channel} /> },
    { title: t("system.waiting"), render: (_, channel) => <Waiting channel={channel} /> },
    {
      title: t("system.check"),
      render: (_, channel) => channel.checkable && <CheckButton channel={channel} />,
    },
  ];
  return (
    <div className="table-box">
      <Table<Channel>
        size="middle"
        aria-label={t("system.channels")}
        rowKey="id"
        columns={columns}
        dataSource={channels}
        pagination={false}
        scroll={{ x: "max-content" }}
      />
    </div>
  );
}

function Name({ channel }: { channel: Channel }) {
  return (
    <>
      <strong dir="auto">{channel.name}</strong>
      <p className="muted">
        {word("channelKind", channel.channel)}
        {channel.identity && ` · ${channel.identity}`}
      </p>
    </>
  );
}

/** What is wrong before any vendor is asked. */
const OURS = ["bad_settings", "not_installed"];

const TONES: Record<string, string> = { ok: "good", degraded: "wait", down: "bad" };

function State({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const dateTime = useDateTime();
  const { ago } = useElapsed();
  const { state, since, error_code, error_detail, checked_at } = channel;
  return (
    <div className="channel-state">
      <p>
        <span className={`tag tag-${TONES[state] ?? "quiet"}`}>{word("channelState", state)}</span>
        {error_code && since && (
          <time dateTime={since}>{t("system.since", { at: dateTime(since) })}</time>
        )}
      </p>
      {error_code && <p className="problem">{word("channelError", error_code)}</p>}
      {error_detail && (
        <p className="muted" dir="auto">
          {OURS.includes(error_code ?? "")
            ? error_detail
            : t("system.vendor", { detail: error_detail })}
        </p>
      )}
      {channel.gaps.map((gap) => (
        <p key={gap.source} className="problem">
          {t("unsent.gap", { since: dateTime(gap.since), until: dateTime(gap.until) })}
        </p>
      ))}
      {checked_at && <p className="muted">{t("system.checked", { at: ago(checked_at) })}</p>}
    </div>
  );
}

function Traffic({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const { ago } = useElapsed();
  const told = (at: string | null) => (at ? ago(at) : t("system.never"));
  return (
    <>
      <p>{t("system.lastIn", { at: told(channel.last_in_at) })}</p>
      <p>
        {channel.fetched
          ? t("system.fetched")
          : t("system.lastOut", { at: told(channel.last_out_at) })}
      </p>
    </>
  );
}

function Waiting({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const { lasted } = useElapsed();
  if (!channel.oldest_pending_at) return <span className="muted">{t("system.nothing")}</span>;
  return (
    <>
      <p>{t("system.pending", { count: channel.pending })}</p>
      <p className="muted">{t("system.oldest", { time: lasted(channel.oldest_pending_at) })}</p>
    </>
  );
}

function CheckButton({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  const check = useMutation({
    mutationFn: () => api.checkChannel(channel.id),
    onSuccess: ({ name, error_code }) => {
      if (!error_code) return message.success(t("system.isWell", { name }));
      const problem = word("channelError", error_code);
      return message.warning(t("system.isNotWell", { name, problem }));
    },
    onError: (error) => message.error(errorText(error, t)),
    onSettled: () => client.invalidateQueries({ queryKey: query.queryKey }),
  });
  return (
    <Button
      loading={check.isPending}
      aria-label={t("system.checkOf", { name: channel.name })}
      onClick={() => check.mutate()}
    >
      {t("system.check")}
    </Button>
  );
}
