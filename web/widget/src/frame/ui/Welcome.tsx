import { useServices } from "./services";

/** The first thing a visitor sees: a question, and three ways to begin with one press. */
export function Welcome() {
  const { chat, texts } = useServices();
  return (
    <div class="welcome">
      <h2>{texts.welcome}</h2>
      <p>{texts.welcomeDetail}</p>
      <div class="options buttons">
        {texts.starters.map((starter) => (
          <button key={starter} type="button" class="option" onClick={() => chat.sendText(starter)}>
            {starter}
          </button>
        ))}
      </div>
    </div>
  );
}
