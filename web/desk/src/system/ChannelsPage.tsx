import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Empty, LoadError, PageSkeleton } from "../shared/states";
import { ChannelTable } from "./ChannelTable";
import { DeadLetters } from "./DeadLetters";
import { channels } from "./queries";
import { Work } from "./Work";
import "./system.css";

/** How the shop is reached, what waits, and what was given up. */
export function ChannelsPage() {
  const { t } = useTranslation();
  const list = useQuery(channels);
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{t("system.title")}</h1>
          <p className="muted">{t("system.lead")}</p>
        </div>
      </div>
      {list.error && <LoadError error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <PageSkeleton />}
      {list.data?.length === 0 && (
        <Empty title={t("system.noChannels")}>{t("system.noChannelsDetail")}</Empty>
      )}
      {!!list.data?.length && <ChannelTable channels={list.data} />}
      {list.data && (
        <div className="system-grid">
          <Work />
          <DeadLetters />
        </div>
      )}
    </>
  );
}
