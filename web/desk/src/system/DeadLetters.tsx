import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Table, type TableColumnsType } from "antd";
import { useTranslation } from "react-i18next";
import * as api from "../api/client";
import type { DeadLetter } from "../api/types";
import { word } from "../i18n";
import { errorText, LoadError, PageSkeleton } from "../shared/states";
import { useDateTime } from "../shared/time";
import { deadLetters } from "./queries";
import { kindName } from "./Work";

/** What was given up, each with a way to try it again. */
export function DeadLetters() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery(deadLetters);
  return (
    <section className="card">
      <h2>{t("system.letters")}</h2>
      {error && <LoadError error={error} retry={() => void refetch()} />}
      {isPending && <PageSkeleton />}
      {data?.length === 0 && <p className="muted">{t("system.noLetters")}</p>}
      {!!data?.length && (
        <>
          <p className="muted">{t("system.lettersDetail")}</p>
          <Letters letters={data} />
        </>
      )}
    </section>
  );
}

function Letters({ letters }: { letters: DeadLetter[] }) {
  const { t } = useTranslation();
  const dateTime = useDateTime();
  const columns: TableColumnsType<DeadLetter> = [
    { title: t("system.number"), dataIndex: "id", className: "mono" },
    { title: t("system.kind"), render: (_, { kind }) => kindName(kind) },
    { title: t("system.why"), render: (_, letter) => <Why letter={letter} /> },
    { title: t("system.tries"), align: "right", dataIndex: "attempt", className: "mono" },
    {
      title: t("system.created"),
      render: (_, { created_at }) => <span className="mono">{dateTime(created_at)}</span>,
    },
    { title: t("system.replay"), render: (_, letter) => <Replay letter={letter} /> },
  ];
  return (
    <Table<DeadLetter>
      size="small"
      aria-label={t("system.letters")}
      rowKey="id"
      columns={columns}
      dataSource={letters}
      pagination={false}
      scroll={{ x: "max-content" }}
    />
  );
}

function Why({ letter }: { letter: DeadLetter }) {
  return (
    <span className="why" dir="auto">
      {letter.last_error ?? "–"}
    </span>
  );
}

/** The way to try it again, or why that would be in vain. */
function Replay({ letter }: { letter: DeadLetter }) {
  if (letter.refusal === null) return <ReplayButton id={letter.id} />;
  return <span className="muted">{word("replayRefusal", letter.refusal)}</span>;
}

function ReplayButton({ id }: { id: number }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  const replay = useMutation({
    mutationFn: () => api.replayDeadLetter(id),
    onSuccess: () => message.success(t("system.replayed", { id })),
    onError: (error) => message.error(errorText(error, t)),
    onSettled: () => client.invalidateQueries({ queryKey: ["system"] }),
  });
  return (
    <Button
      size="small"
      loading={replay.isPending}
      aria-label={t("system.replayOf", { id })}
      onClick={() => replay.mutate()}
    >
      {t("system.replay")}
    </Button>
  );
}
