import type { Attachment, Problem } from "../../protocol/chat";
import { ApiError, NetworkError, UPLOAD_URL } from "../api/http";

export interface Upload {
  done: Promise<Attachment>;
  cancel(): void;
}

/**
 * Sends one file. By XMLHttpRequest because fetch cannot tell how much has gone.
 * `done` rejects with ApiError (refused; its message is to be shown) or NetworkError.
 */
export function upload(token: string, file: File, onProgress: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<Attachment>((resolve, reject) => {
    request.open("POST", UPLOAD_URL);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.responseType = "json";
    request.upload.onprogress = (event) => onProgress(event.loaded / event.total);
    request.onload = () => {
      if (request.status === 201) return resolve(request.response);
      const problem: Partial<Problem> | null = request.response;
      reject(new ApiError(request.status, problem?.detail ?? ""));
    };
    request.onerror = () => reject(new NetworkError());
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
  return { done, cancel: () => request.abort() };
}
