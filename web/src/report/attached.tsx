// The files of a complaint, as whoever follows it sees them.

import type { Attachment } from '../types';
import { usePhotoWords } from './photo_words';

function One({ file }: { file: Attachment }) {
  const t = usePhotoWords();
  const { web, thumb, original } = file.urls;
  if (file.kind === 'image') {
    return <a href={web ?? ''} target="_blank" rel="noopener"><img src={thumb ?? ''} alt={t.open(file.name)} loading="lazy" width={120} height={90} /></a>;
  }
  if (file.kind === 'video') return <video src={original ?? ''} controls preload="none" aria-label={file.name} />;
  if (file.kind === 'audio') return <audio src={original ?? ''} controls preload="none" aria-label={file.name} />;
  return <a href={original ?? ''} download={file.name}>{file.name}</a>;
}

export function Attached({ files }: { files: Attachment[] | undefined }) {
  const t = usePhotoWords();
  if (!files || files.length === 0) return null;
  const groups = [
    { title: t.ofReport, files: files.filter((file) => file.purpose !== 'evidence') },
    { title: t.ofAgency, files: files.filter((file) => file.purpose === 'evidence') },
  ].filter((group) => group.files.length > 0);
  return (
    <section class="attached" aria-label={t.files}>
      {groups.map((group) => (
        <div key={group.title}>
          <h3>{group.title}</h3>
          <ul>{group.files.map((file) => <li key={file.id}><One file={file} /></li>)}</ul>
        </div>
      ))}
    </section>
  );
}
