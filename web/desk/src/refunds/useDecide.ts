import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useTranslation } from "react-i18next";
import * as api from "../api/client";
import * as queries from "../api/queries";
import { outcomeKey } from "./outcome";

interface Said {
  verdict: api.Verdict;
  reason: string;
  /** Told to the customer with a rejection. */
  note: string;
}

export function useDecide(refundId: string) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ verdict, reason, note }: Said) => api.decide(refundId, verdict, reason, note),
    onSuccess: (decided, { verdict }) => {
      client.setQueryData(queries.refund(refundId).queryKey, decided);
      message.success(t(outcomeKey(verdict, decided)));
    },
    // Also after a refusal: somebody else may have been faster.
    onSettled: () => client.invalidateQueries({ queryKey: ["refunds"] }),
  });
}
