import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { PhotoKit } from "../photos/kit";
import type { Chat, ChatState } from "../state/chat";
import type { Texts } from "../texts";

/** What every part of the screen may use. */
export interface Services {
  chat: Chat;
  texts: Texts;
  locale: string;
  /** Null until it was asked for. */
  photoKit: PhotoKit | null;
  loadPhotoKit(): Promise<PhotoKit>;
  addPhotos(files: Iterable<File>): Promise<void>;
  /** The code for photos could not be loaded when it was needed. */
  photosFailed: boolean;
  close(): void;
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error("ServicesContext is missing");
  return services;
}

export function useChatState(chat: Chat): ChatState {
  const [state, show] = useState(chat.state);
  useEffect(() => {
    show(chat.state);
    return chat.subscribe(() => show(chat.state));
  }, [chat]);
  return state;
}

/** A device that is used by touch: don't raise its keyboard unasked. */
export const isTouch = (): boolean => matchMedia("(pointer: coarse)").matches;
