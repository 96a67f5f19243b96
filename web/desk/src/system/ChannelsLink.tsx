import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Account } from "../api/types";
import { channels } from "./queries";
import "./system.css";

const IN_THE_BACKGROUND_MS = 15_000;

/** The server asks for the same: who may not is not shown what he can't open. */
export const maySeeSystem = ({ role }: Account): boolean => role !== "agent";

/** The way to the channels, with a red dot while one is down. */
export function ChannelsLink() {
  const { t } = useTranslation();
  const { data } = useQuery({ ...channels, refetchInterval: IN_THE_BACKGROUND_MS });
  const down = data?.some((channel) => channel.state === "down");
  return (
    <Link to="/channels" activeProps={{ className: "active" }}>
      {t("nav.channels")}
      {down && (
        <span className="alarm">
          <span className="unseen">{t("system.down")}</span>
        </span>
      )}
    </Link>
  );
}
