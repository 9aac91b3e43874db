// The page's address as state: parts of the page read it, write it, and hear when it changes.

import { useEffect, useState } from 'preact/hooks';

type Listener = () => void;
const listeners = new Set<Listener>();

function announce(): void {
  for (const listener of listeners) listener();
}

window.addEventListener('popstate', announce);

export function urlParams(): URLSearchParams {
  return new URLSearchParams(window.location.search);
}

/** Changes the address without loading anything. A step is something that Back should undo. */
export function setUrlParams(params: URLSearchParams, step = false): void {
  const query = params.toString().replace(/%2C/g, ',');
  const address = `${window.location.pathname}${query ? `?${query}` : ''}${window.location.hash}`;
  if (step) window.history.pushState(null, '', address);
  else window.history.replaceState(null, '', address);
  announce();
}

export function setUrlParam(name: string, value: string, step = false): void {
  const params = urlParams();
  if (value) params.set(name, value);
  else params.delete(name);
  setUrlParams(params, step);
}

/** The address's parameters; the component is drawn again when they change. */
export function useUrlParams(): URLSearchParams {
  const [params, setParams] = useState(urlParams);
  useEffect(() => {
    const listener = () => setParams(urlParams());
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
  return params;
}
