import { useTranslation } from "react-i18next";
import type { Decision } from "../api/types";
import { word } from "../i18n";
import { useMoney } from "../shared/money";

/** Whose words a fact's value is, where it is a word. */
const GROUPS: Record<string, string> = {
  reason: "reason",
  tier: "tier",
  note: "risk",
  approval: "approval",
  business: "business",
  decided_by: "decider",
  return_shipping_by: "bearer",
};

/** The rule that was hit, and what it looked at: enough to find out why without the code. */
export function DecisionCard({ decision, folded }: { decision: Decision; folded?: boolean }) {
  const { t } = useTranslation();
  const { version, row } = decision;
  return (
    <details className="decision" open={!folded}>
      <summary>{t("refund.rule", { table: word("table", decision.table), version, row })}</summary>
      <Facts title={t("refund.inputs")} facts={decision.inputs} />
      <Facts title={t("refund.outputs")} facts={decision.outputs} />
    </details>
  );
}

function Facts({ title, facts }: { title: string; facts: Record<string, unknown> }) {
  const { t } = useTranslation();
  const money = useMoney();
  const entries = Object.entries(facts).filter(([, value]) => value !== "");
  if (entries.length === 0) return null;
  const shown = (name: string, value: unknown): string => {
    if (typeof value === "boolean") return t(value ? "refund.yes" : "refund.no");
    if (name === "amount" && typeof value === "number" && typeof facts.currency === "string") {
      return money({ minor: value, currency: facts.currency });
    }
    if (typeof value !== "string") return JSON.stringify(value);
    const group = GROUPS[name];
    return group ? word(group, value) : value;
  };
  return (
    <>
      <h3>{title}</h3>
      <dl className="facts">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{word("fact", name)}</dt>
            <dd>{shown(name, value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
