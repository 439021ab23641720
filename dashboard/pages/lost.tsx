/** An address at which nothing stands. */
import { Link } from 'react-router';
import { Blank } from '../parts/blank.tsx';

export function LostPage() {
  return (
    <Blank>
      <h1>There is no such page</h1>
      <Link to="/">To the experiments</Link>
    </Blank>
  );
}
