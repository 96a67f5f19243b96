import { useQuery } from "@tanstack/react-query";
import { Link, useRouterState } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import * as queries from "../api/queries";
import type { Account } from "../api/types";
import { useOnline } from "../shared/online";
import { ChannelsLink, maySeeSystem } from "../system/ChannelsLink";
import { AccountMenu } from "./AccountMenu";
import "./shell.css";

export function Shell({ account, children }: { account: Account; children: ReactNode }) {
  const { t } = useTranslation();
  const online = useOnline();
  const waiting = useQuery(queries.waitingCount);
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t("nav.skip")}
      </a>
      <header className="shell-head">
        <Link to="/refunds" className="brand" translate="no">
          <img src="/desk/mark.svg" alt="" width={28} height={28} />
          {t("product")}
        </Link>
        <nav aria-label={t("nav.main")}>
          <Link to="/refunds" activeProps={{ className: "active" }}>
            {t("nav.refunds")}
            {!!waiting.data && <span className="count">{waiting.data}</span>}
          </Link>
          <Link to="/tickets" activeProps={{ className: "active" }}>
            {t("nav.tickets")}
          </Link>
          <Link to="/conversations" activeProps={{ className: "active" }}>
            {t("nav.conversations")}
          </Link>
          {maySeeSystem(account) && <ChannelsLink />}
        </nav>
        <AccountMenu account={account} />
      </header>
      <div role="status">{!online && <p className="strip">{t("state.offline")}</p>}</div>
      <main id="content" tabIndex={-1} key={pathname.split("/")[1]}>
        {children}
      </main>
    </div>
  );
}
