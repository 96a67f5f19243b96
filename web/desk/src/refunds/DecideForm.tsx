import { Alert, Button, Input } from "antd";
import { type KeyboardEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Verdict } from "../api/client";
import type { RefundDetail } from "../api/types";
import { useMoney } from "../shared/money";
import { errorText } from "../shared/states";
import { useDecide } from "./useDecide";

interface Props {
  refund: RefundDetail;
  yes: "approve" | "retry";
  mayReject: boolean;
}

export function DecideForm({ refund, yes, mayReject }: Props) {
  const { t } = useTranslation();
  const money = useMoney();
  const decide = useDecide(refund.id);
  const [reason, setReason] = useState("");
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState(false);
  const id = useId();
  const submit = (verdict: Verdict) => {
    setMissing(reason.trim() === "");
    if (reason.trim() === "" || decide.isPending) return;
    decide.mutate({
      verdict,
      reason: reason.trim(),
      note: verdict === "reject" ? note.trim() : "",
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    if (event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (!event.shiftKey) submit(yes);
    else if (mayReject) submit("reject");
  };
  const button = (verdict: Verdict) => ({
    loading: decide.isPending && decide.variables.verdict === verdict,
    disabled: decide.isPending,
    onClick: () => submit(verdict),
  });
  return (
    <>
      {decide.error && (
        <Alert type="error" showIcon role="alert" title={errorText(decide.error, t)} />
      )}
      <label htmlFor={id}>{t("refund.reason")}</label>
      <Input.TextArea
        id={id}
        dir="auto"
        autoSize={{ minRows: 2, maxRows: 5 }}
        maxLength={500}
        value={reason}
        status={missing ? "error" : ""}
        aria-invalid={missing}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          setReason(event.target.value);
          setMissing(false);
        }}
        onKeyDown={onKeyDown}
      />
      <p
        id={`${id}-hint`}
        className={missing ? "problem" : "muted"}
        role={missing ? "alert" : undefined}
      >
        {missing ? t("refund.reasonMissing") : `${t("refund.reasonHint")} ${t("refund.keys")}`}
      </p>
      {mayReject && (
        <>
          <label htmlFor={`${id}-note`}>{t("refund.note")}</label>
          <Input
            id={`${id}-note`}
            dir="auto"
            maxLength={500}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        </>
      )}
      <div className="buttons">
        {mayReject && (
          <Button danger {...button("reject")}>
            {t("refund.reject")}
          </Button>
        )}
        <Button type="primary" {...button(yes)}>
          {yes === "retry"
            ? t("refund.retry")
            : t("refund.approve", { amount: money(refund.amount) })}
        </Button>
      </div>
    </>
  );
}
