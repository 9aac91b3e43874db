// At which seat of the telephone system this operator sits.

import { useState } from 'preact/hooks';
import { ApiError } from '../api';
import { takeSeat } from './api';
import { useWords } from './words';

interface SeatProps {
  seat: string | null;
  lost: string;
  onSeat: (seat: string) => void;
}

export function Seat({ seat, lost, onSeat }: SeatProps) {
  const t = useWords();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState('');
  if (!open) {
    return (
      <button type="button" class={`button small quiet${lost ? ' warn' : ''}`} title={lost ? t.seatLost(lost) : t.seatHint} onClick={() => {
        setTyped(seat ?? lost);
        setOpen(true);
      }}>{seat ? t.seatOf(seat) : t.seatNone}</button>
    );
  }
  return (
    <form class="seat-form" onSubmit={(event) => {
      event.preventDefault();
      takeSeat(typed.trim()).then((taken) => {
        onSeat(taken.seat);
        setOpen(false);
        setProblem('');
        document.getElementById('caller-number')?.focus();
      }, (error: unknown) => setProblem(error instanceof ApiError ? error.errors[0]?.detail ?? error.message : String(error)));
    }} onKeyDown={(event) => {
      if (event.key === 'Escape') setOpen(false);
    }}>
      <label for="seat">{t.seat}</label>
      <input id="seat" type="text" autocomplete="off" maxLength={32} required value={typed} aria-invalid={problem ? true : undefined}
        aria-describedby={problem ? 'seat-error' : undefined} ref={(input) => input?.focus()}
        onInput={(event) => setTyped(event.currentTarget.value)} />
      <button type="submit" class="button small">{t.seatSave}</button>
      {problem && <p class="error" id="seat-error">{problem}</p>}
    </form>
  );
}
