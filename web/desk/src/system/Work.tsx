import { useQuery } from "@tanstack/react-query";
import { Alert, Table, type TableColumnsType } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { System } from "../api/types";
import { word } from "../i18n";
import { LoadError, PageSkeleton } from "../shared/states";
import { system } from "./queries";
import { useElapsed } from "./time";

/** A kind's name; a dot would lead the dictionary into a group. */
export const kindName = (kind: string): string => word("jobKind", kind.replaceAll(".", "_"));

export function Work() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery(system);
  return (
    <section className="card">
      <h2>{t("system.work")}</h2>
      {error && <LoadError error={error} retry={() => void refetch()} />}
      {isPending && <PageSkeleton />}
      {data && (
        <>
          {data.workers_alive === 0 ? (
            <Alert type="error" showIcon role="alert" title={t("system.noWorkers")} />
          ) : (
            <p>{t("system.workers", { count: data.workers_alive })}</p>
          )}
          <Sideways label={t("system.queue")}>
            <Queue kinds={data.queue.filter(hasWork)} />
          </Sideways>
          <Sideways label={t("system.processes")}>
            <Processes processes={data.processes} />
          </Sideways>
        </>
      )}
    </section>
  );
}

/** What is too wide for a phone moves sideways, by keyboard as well: it holds nothing to press. */
function Sideways({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a place that scrolls must take the keyboard
    <section className="sideways" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

type Kind = System["queue"][number];

const hasWork = ({ waiting, running, dead }: Kind): boolean => waiting + running + dead > 0;

function Queue({ kinds }: { kinds: Kind[] }) {
  const { t } = useTranslation();
  const { seconds } = useElapsed();
  const columns: TableColumnsType<Kind> = [
    { title: t("system.kind"), render: (_, { kind }) => kindName(kind) },
    { title: t("system.due"), align: "right", className: "mono", dataIndex: "waiting" },
    { title: t("system.running"), align: "right", className: "mono", dataIndex: "running" },
    { title: t("system.dead"), align: "right", className: "mono", dataIndex: "dead" },
    {
      title: t("system.age"),
      align: "right",
      className: "mono",
      render: (_, { oldest_seconds }) => (oldest_seconds > 0 ? seconds(oldest_seconds) : "–"),
    },
  ];
  if (kinds.length === 0) return <p className="muted">{t("system.idle")}</p>;
  return (
    <Table<Kind>
      size="small"
      aria-label={t("system.queue")}
      rowKey="kind"
      columns={columns}
      dataSource={kinds}
      pagination={false}
    />
  );
}

type Process = System["processes"][number];

function Processes({ processes }: { processes: Process[] }) {
  const { t } = useTranslation();
  const { ago } = useElapsed();
  const columns: TableColumnsType<Process> = [
    { title: t("system.process"), dataIndex: "name", className: "mono" },
    { title: t("system.role"), render: (_, { role }) => word("processRole", role) },
    { title: t("system.version"), dataIndex: "version", className: "mono" },
    { title: t("system.started"), render: (_, { started_at }) => ago(started_at) },
    {
      title: t("system.seen"),
      render: (_, { seen_at, alive }) => (
        <span className={alive ? undefined : "problem"}>{ago(seen_at)}</span>
      ),
    },
  ];
  return (
    <Table<Process>
      size="small"
      aria-label={t("system.processes")}
      rowKey="name"
      columns={columns}
      dataSource={processes}
      pagination={false}
    />
  );
}
