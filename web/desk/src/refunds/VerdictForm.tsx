import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Input } from "antd";
import { type KeyboardEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import * as api from "../api/client";
import * as queries from "../api/queries";
import type { RefundDetail } from "../api/types";
import { errorText } from "../shared/states";
import { outcomeKey } from "./outcome";

/** Approve or reject, with a reason, or why this is not for the reader to decide. */
export function VerdictForm({ refund }: { refund: RefundDetail }) {
  const { t } = useTranslation();
  if (refund.status !== "awaiting_approval") return null;
  const first = refund.approvals[0];
  return (
    <div className="verdict">
      {!refund.may_approve && (
        <Alert
          type="warning"
          showIcon
          title={t("refund.notYou")}
          description={refund.why_not ?? undefined}
        />
      )}
      {refund.may_approve && first && (
        <Alert
          type="info"
          showIcon
          title={t("refund.secondNeeded", { name: first.account_name })}
        />
      )}
      {refund.may_approve && <Decide refund={refund} />}
    </div>
  );
}

function Decide({ refund }: { refund: RefundDetail }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const id = useId();
  const decide = useMutation({
    mutationFn: (verdict: api.Verdict) => api.decide(refund.id, verdict, reason.trim()),
    onSuccess: (decided) => {
      client.setQueryData(queries.refund(refund.id).queryKey, decided);
      message.success(t(outcomeKey(decided)));
    },
    // Also after a refusal: somebody else may have been faster.
    onSettled: () => client.invalidateQueries({ queryKey: ["refunds"] }),
  });
  const submit = (verdict: api.Verdict) => {
    setMissing(reason.trim() === "");
    if (reason.trim() !== "" && !decide.isPending) decide.mutate(verdict);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    if (event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit(event.shiftKey ? "reject" : "approve");
  };
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
        maxLength={1000}
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
      <div className="buttons">
        <Button
          danger
          loading={decide.isPending && decide.variables === "reject"}
          disabled={decide.isPending}
          onClick={() => submit("reject")}
        >
          {t("refund.reject")}
        </Button>
        <Button
          type="primary"
          loading={decide.isPending && decide.variables === "approve"}
          disabled={decide.isPending}
          onClick={() => submit("approve")}
        >
          {t("refund.approve", { amount: refund.amount.text })}
        </Button>
      </div>
    </>
  );
}
