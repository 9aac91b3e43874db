// A text field with a list of suggestions under it, for the keyboard as much as for the mouse: the
// ARIA authoring practices' editable combobox with list autocomplete.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface ComboboxProps<T> {
  id: string;
  label: string;
  /** A sentence under the label. */
  hint?: string;
  placeholder?: string;
  value: string;
  options: T[];
  optionKey: (option: T) => string;
  renderOption: (option: T, index: number) => ComponentChildren;
  /** What to say about the options: how many, or none. Empty: nothing yet. */
  summary: string;
  error?: string | undefined;
  required?: boolean;
  onInput: (text: string) => void;
  onChoose: (option: T, index: number) => void;
  /** The option that the arrow keys are at, or -1. */
  onActive?: (index: number) => void;
  /** Show all the options when the field is entered, before anything is typed. */
  openOnFocus?: boolean;
}

export function Combobox<T>(props: ComboboxProps<T>) {
  const { id, options } = props;
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const list = useRef<HTMLUListElement>(null);
  const shown = open && (options.length > 0 || props.summary !== '');

  const move = (index: number) => {
    setActive(index);
    props.onActive?.(index);
  };

  useEffect(() => {
    if (active >= options.length) move(-1);
  }, [options]);

  useEffect(() => {
    if (active >= 0) {
      list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    }
  }, [active]);

  const close = () => {
    setOpen(false);
    move(-1);
  };

  const choose = (index: number) => {
    const option = options[index];
    if (option === undefined) return;
    props.onChoose(option, index);
    close();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return; // an input method is still making the letter
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) {
        setOpen(true);
        return;
      }
      if (options.length === 0) return;
      const step = event.key === 'ArrowDown' ? 1 : -1;
      const from = active < 0 && step < 0 ? options.length : active;
      move((from + step + options.length) % options.length);
    } else if (event.key === 'Enter' && shown && options.length > 0) {
      // With the list open, Enter takes what is pointed at, or what is first.
      event.preventDefault();
      choose(Math.max(active, 0));
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };

  const described = [props.hint ? `${id}-hint` : '', props.error ? `${id}-error` : '']
    .filter(Boolean).join(' ');

  return (
    <div class="field combobox">
      <label for={id}>{props.label}</label>
      {props.hint && <p class="hint" id={`${id}-hint`}>{props.hint}</p>}
      <div class="combobox-box">
        <input
          id={id} type="text" role="combobox" autocomplete="off" spellcheck={false}
          aria-autocomplete="list" aria-expanded={shown} aria-controls={`${id}-list`}
          aria-activedescendant={shown && active >= 0 ? `${id}-option-${active}` : undefined}
          aria-describedby={described || undefined} aria-invalid={props.error ? true : undefined}
          aria-required={props.required} placeholder={props.placeholder} value={props.value}
          onInput={(event) => {
            setOpen(true);
            move(-1);
            props.onInput(event.currentTarget.value);
          }}
          onFocus={() => props.openOnFocus && setOpen(true)}
          onClick={() => props.openOnFocus && setOpen(true)}
          onBlur={close}
          onKeyDown={onKeyDown}
        />
        <ul ref={list} class="options" role="listbox" id={`${id}-list`} aria-label={props.label}
          hidden={!shown || options.length === 0}>
          {options.map((option, index) => (
            <li key={props.optionKey(option)} id={`${id}-option-${index}`} role="option"
              class="option" aria-selected={index === active}
              onMouseDown={(event) => event.preventDefault()}
              onMouseEnter={() => move(index)}
              onClick={() => choose(index)}>
              {props.renderOption(option, index)}
            </li>
          ))}
        </ul>
        {shown && options.length === 0 && <p class="options empty">{props.summary}</p>}
      </div>
      <p class="visually-hidden" role="status">{shown ? props.summary : ''}</p>
      {props.error && <p class="error" id={`${id}-error`}>{props.error}</p>}
    </div>
  );
}
