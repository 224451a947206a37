/**
 * The script of the page that takes the code. What proves a sign-in is in the fragment of the mail's link, which no server
 * sees (ADR 32); this hands it to the form, also when the link is opened where the page is already. Without scripts the
 * code does the same.
 */
export const LINK_SCRIPT = `{
  const send = () => {
    const [, link] = /^#floe_sign_in=([\\w-]+\\.[\\w-]+)$/.exec(location.hash) ?? [];
    const form = document.querySelector('form');
    if (!link || !form) return;
    history.replaceState(null, '', location.pathname + location.search);
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: 'link', value: link }));
    form.submit();
  };
  addEventListener('hashchange', send);
  send();
}
`;
