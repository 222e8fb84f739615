r"""`python -m theory QUANTITY …`: print a prediction."""

import sys

try:
    from theory.interface import FrontDoor, predicted_answer
except ModuleNotFoundError as error:  # a light installation: the extras name what is missing
    sys.exit(f"error: {error}: the command lines come with pip install 'prompt-attention-verification[theory]'")

door = FrontDoor("theory", "Predictions: closed forms and laws, with a bound on their numerical error.", answer=predicted_answer)


if __name__ == "__main__":
    sys.exit(door.run())
