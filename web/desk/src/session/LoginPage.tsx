import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { Alert, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import * as api from "../api/client";
import * as queries from "../api/queries";
import { BASE_PATH } from "../basePath";
import { errorText } from "../shared/states";
import { LanguageSwitch } from "./AccountMenu";
import "./shell.css";

interface Credentials {
  email: string;
  password: string;
}

export function LoginPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const { next, expired } = useSearch({ from: "/login" });
  const login = useMutation({
    mutationFn: ({ email, password }: Credentials) => api.login(email.trim(), password),
    onSuccess: ({ account }) => {
      client.setQueryData(queries.account.queryKey, account);
      router.history.push(BASE_PATH + (next ?? "/refunds"));
    },
  });
  return (
    <main className="login">
      <section>
        <img src="/desk/mark.svg" alt="" width={44} height={44} />
        <h1>{t("login.title")}</h1>
        <p>{t("login.lead")}</p>
        {expired && !login.error && <Alert type="info" showIcon title={t("login.expired")} />}
        {login.error && (
          <Alert type="error" showIcon title={errorText(login.error, t)} role="alert" />
        )}
        <Form<Credentials>
          layout="vertical"
          requiredMark={false}
          onFinish={(values) => login.mutate(values)}
        >
          <Form.Item
            name="email"
            label={t("login.email")}
            rules={[{ required: true, whitespace: true, message: t("login.emailMissing") }]}
          >
            <Input type="email" autoComplete="username" autoFocus size="large" />
          </Form.Item>
          <Form.Item
            name="password"
            label={t("login.password")}
            rules={[{ required: true, message: t("login.passwordMissing") }]}
          >
            <Input.Password autoComplete="current-password" size="large" />
          </Form.Item>
          <Button type="primary" htmlType="submit" size="large" block loading={login.isPending}>
            {t("login.submit")}
          </Button>
        </Form>
        <LanguageSwitch />
      </section>
    </main>
  );
}
