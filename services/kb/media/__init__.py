"""Images and films of articles: taken in by what their bytes are, given out to who may read an article with them."""
