-- Files that come with an e-mail, a message or a post. The system that brings it uploads them first and
-- names them with it. Until the item is entered only who has the item may see them and file them; they
-- stay as long as it waits. What is not filed with it is forgotten as every file that nobody attached. The
-- functions that ask these here are in 0020_attachments.sql and 0023_calls.sql.
SET ROLE hotline_owner;

CREATE TABLE hotline.inbound_files (
    attachment_id text PRIMARY KEY REFERENCES hotline.attachments ON DELETE CASCADE,
    item_id bigint NOT NULL REFERENCES hotline.inbound_items
);
CREATE INDEX inbound_files_item ON hotline.inbound_files (item_id);

-- True while an item that waits names it.
CREATE FUNCTION hotline.inbound_waits(of_id text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM hotline.inbound_files f
        JOIN hotline.inbound_items i ON i.id = f.item_id
        WHERE f.attachment_id = of_id AND i.state = 'waiting')
$$;

-- --- who sees, who files ---------------------------------------------------------------------------

-- May `asked` see a file that is not attached yet? Who has its item now; where no item ever named it,
-- whoever knows its id.
CREATE FUNCTION hotline.inbound_file_seen(of_id text, asked text) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT coalesce(i.state = 'waiting' AND asked = 'user:' || i.taken_by
            AND i.taken_until > now() AND hotline.takes_calls(asked), false)
        FROM hotline.inbound_files f JOIN hotline.inbound_items i ON i.id = f.item_id
        WHERE f.attachment_id = of_id), true)
$$;

-- May `asked` file it? Who was shown the item: what was saved without a connection is sent when the time
-- for which the item was kept may be over.
CREATE FUNCTION hotline.inbound_file_free(of_id text, asked text) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT i.state = 'waiting' AND hotline.takes_calls(asked)
            AND EXISTS (SELECT FROM personal.inbound_looks l
                        WHERE l.item_id = i.id AND l.viewer = asked)
        FROM hotline.inbound_files f JOIN hotline.inbound_items i ON i.id = f.item_id
        WHERE f.attachment_id = of_id), true)
$$;
CREATE INDEX inbound_looks_item ON personal.inbound_looks (item_id);

-- --- bringing them ---------------------------------------------------------------------------------

-- The first of these ids that an item of `asked` may not have: it must have uploaded the file itself, and
-- nothing has it yet. NULL: it may have all.
CREATE FUNCTION hotline.inbound_files_wrong(ids text[], asked text) RETURNS text
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM hotline.attachments a WHERE a.id = ANY (ids) ORDER BY a.id FOR UPDATE;
    RETURN (SELECT i FROM unnest(ids) WITH ORDINALITY AS u(i, n)
        WHERE NOT EXISTS (SELECT FROM hotline.attachments a WHERE a.id = i
            AND a.uploaded_by = asked AND a.complaint_id IS NULL
            AND NOT EXISTS (SELECT FROM hotline.inbound_files f WHERE f.attachment_id = a.id))
        ORDER BY n LIMIT 1);
END $$;

REVOKE ALL ON FUNCTION hotline.inbound_waits(text), hotline.inbound_file_seen(text, text),
    hotline.inbound_file_free(text, text), hotline.inbound_files_wrong(text[], text) FROM PUBLIC;

RESET ROLE;
